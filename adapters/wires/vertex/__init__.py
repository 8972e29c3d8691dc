"""Google Vertex AI: Gemini, Claude and open models, each with its own wire."""
