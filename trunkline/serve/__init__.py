"""`trunkline serve`: the client as a server for other programs."""
