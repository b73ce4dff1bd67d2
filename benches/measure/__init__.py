"""What `benches/run` is made of: the region and its questions, who answers them, the load, and the tables."""
