"""The knowledge base (R16): articles by version, found by words, and the answers that were given from them."""
