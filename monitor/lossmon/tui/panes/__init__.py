"""What each pane shows, as pure functions of the state: no widgets, no terminal, no clock."""
