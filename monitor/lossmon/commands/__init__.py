"""One module a command, imported only when it is called; and what several share: their paths, standard input."""
