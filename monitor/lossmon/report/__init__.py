"""What lossmon says outside the screen: a table, one JSON document, one line at a time."""
