"""`trunkline serve`: OpenAI's and Anthropic's APIs for programs in any language.

config.py is what a configuration contains, reading.py finds its mistakes, checks.py those that the
types do not show. chain.py makes a client of it, and server.py runs that under uvicorn.
"""
