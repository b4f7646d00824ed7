"""F5 by several hands, each in a process of its own, so that they can be timed side by side. No benchmark in itself."""
