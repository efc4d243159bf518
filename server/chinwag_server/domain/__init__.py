"""Records, permission rules and errors: what every layer above may name. No framework, no input or output."""
