"""What each estimate promises, measured on many histories whose truth is known."""
