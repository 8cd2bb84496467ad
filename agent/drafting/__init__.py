"""From a proof to a draft: claims that cite signals, gaps that are named, and a message that the owner can adapt."""
