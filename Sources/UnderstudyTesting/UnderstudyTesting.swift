// The trait.
