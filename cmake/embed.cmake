# embed_text(TARGET NAME FILE): the file as `const char NAME[]`, with a NUL at its end, in TARGET.
# Declare it where it is used: `extern const char NAME[];`.
function(embed_text target name file)
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${path} -DOUT=${out} -DNAME=${name}
      -P ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
    DEPENDS ${path} ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# embed_folder(TARGET NAME FOLDER [PATTERN...]): its files of these names (default: *.yaml *.json), those
# in folders of it too, as the table `const struct file_within NAME[]` (core/file_within.h) in TARGET.
function(embed_folder target name folder)
  set(patterns ${ARGN})
  if(NOT patterns)
    set(patterns *.yaml *.json)
  endif()
  list(TRANSFORM patterns PREPEND ${folder}/)
  file(GLOB_RECURSE files RELATIVE ${folder} CONFIGURE_DEPENDS ${patterns})
  list(SORT files)
  list(TRANSFORM files PREPEND ${folder}/ OUTPUT_VARIABLE paths)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} "-DFILES=${files}" -DOUT=${out} -DNAME=${name}
      -P ${PROJECT_SOURCE_DIR}/cmake/embed_folder.cmake
    DEPENDS ${paths} ${PROJECT_SOURCE_DIR}/cmake/embed_folder.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
