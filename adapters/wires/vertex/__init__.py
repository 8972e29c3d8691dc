"""Google Vertex AI: Gemini, Claude and open models, each over its own wire."""
