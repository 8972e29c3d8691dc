"""Facts about models: limits, capabilities, prices, token counts, keys."""
