"""trunkline inside frameworks: one file each, importing only the façade and the framework."""
