"""One trial, several questions: designs, assumed spillovers, populations and windows."""
