"""`python -m trunkline.migrate PATH...`: list every use of litellm, and change its imports."""
