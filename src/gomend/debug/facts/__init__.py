"""Facts of this chapter, one file per source."""
