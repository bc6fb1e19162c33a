"""One file per kind of figure, and the registry that draws them all."""
