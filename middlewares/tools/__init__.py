"""Tools: functions that a model calls, and servers that offer some."""
