// Holds the precompiled header of every test program.
