// What every page of Hearth does with scripts; nothing of it is needed to read a page.
