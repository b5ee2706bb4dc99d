# A fake of Zephyr's build system: the functions that a module and a sample of ours call, for programs of this machine.
# It reads what prj.conf sets to y, and takes the default of each choice in the Kconfig file of a module, as Kconfig would.

project(Zephyr-Kernel C)
add_library(fake_interface INTERFACE)
add_executable(app)
target_link_libraries(app PRIVATE fake_interface)

function(zephyr_include_directories)
    target_include_directories(fake_interface INTERFACE ${ARGN})
endfunction()

macro(zephyr_library_named name)
    set(FAKE_CURRENT_LIBRARY ${name})
    add_library(${name} STATIC)
    target_compile_options(${name} PRIVATE -Og -Wall -Wextra -Werror)
    target_link_libraries(${name} PRIVATE fake_interface)
    target_link_libraries(app PRIVATE ${name})
endmacro()

function(zephyr_library_sources)
    target_sources(${FAKE_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

function(zephyr_library_compile_options)
    target_compile_options(${FAKE_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

file(STRINGS ${CMAKE_SOURCE_DIR}/prj.conf fake_lines REGEX "^CONFIG_[A-Z0-9_a-z]+=y$")
foreach(line ${fake_lines})
    string(REPLACE "=y" "" option ${line})
    set(${option} y)
endforeach()

foreach(module ${ZEPHYR_EXTRA_MODULES})
    get_filename_component(module ${module} ABSOLUTE)
    file(STRINGS ${module}/zephyr/module.yml fake_cmake REGEX "^  cmake: ")
    file(STRINGS ${module}/zephyr/module.yml fake_kconfig REGEX "^  kconfig: ")
    string(REPLACE "  cmake: " "" fake_cmake ${fake_cmake})
    string(REPLACE "  kconfig: " "" fake_kconfig ${fake_kconfig})
    file(STRINGS ${module}/${fake_kconfig} fake_defaults REGEX "^\tdefault ")
    foreach(line ${fake_defaults})
        string(REPLACE "\tdefault " "CONFIG_" option ${line})
        set(${option} y)
    endforeach()
    add_subdirectory(${module}/${fake_cmake} ${CMAKE_BINARY_DIR}/module)
endforeach()
