"""`trunkline serve`: OpenAI's and Anthropic's APIs for programs in any language.

config.py says what a configuration contains. mistakes.py finds the mistakes that its types show,
checks.py all others. chain.py makes a client of it, and server.py serves that client with uvicorn.
"""
