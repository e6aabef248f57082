target_sources(linnet PRIVATE importer.cc)
