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
