"""Camera images, as they come in messages, as arrays of known layout."""
