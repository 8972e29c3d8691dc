"""HTTP for blocking and asynchronous calls: the implementations of the port `IO`."""
