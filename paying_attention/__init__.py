"""The toolbox of the book *Paying Attention*: what a chapter defines once, the later ones import from here."""
