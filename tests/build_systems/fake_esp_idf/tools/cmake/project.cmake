# A fake of ESP-IDF's build system: the functions that a component and a project of ours call, for programs of this machine.
# It has no Kconfig: the test gives what sdkconfig would say as -DCONFIG_...=y.  main() calls app_main().
# It is stricter than ESP-IDF: a source that does not exist, and an argument that it does not know, are errors.

set(FAKE_MAIN ${CMAKE_CURRENT_LIST_DIR}/main.c)

macro(idf_component_register)
    cmake_parse_arguments(fake "" "" "SRCS;INCLUDE_DIRS" ${ARGN})
    if(fake_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "the fake does not know ${fake_UNPARSED_ARGUMENTS}")
    endif()
    get_filename_component(fake_name ${CMAKE_CURRENT_LIST_DIR} NAME)
    set(COMPONENT_LIB __idf_${fake_name})
    add_library(${COMPONENT_LIB} STATIC ${fake_SRCS})
    target_include_directories(${COMPONENT_LIB} PUBLIC ${fake_INCLUDE_DIRS})
    target_compile_options(${COMPONENT_LIB} PRIVATE -Og -Wall -Wextra -Werror)
    set_property(GLOBAL APPEND PROPERTY FAKE_COMPONENTS ${COMPONENT_LIB})
endmacro()

macro(project name)
    _project(${name} C)
    foreach(folder ${EXTRA_COMPONENT_DIRS})
        get_filename_component(folder ${folder} ABSOLUTE)
        get_filename_component(component ${folder} NAME)
        add_subdirectory(${folder} ${CMAKE_BINARY_DIR}/components/${component})
    endforeach()
    get_property(components GLOBAL PROPERTY FAKE_COMPONENTS)
    add_subdirectory(main)
    target_link_libraries(__idf_main PRIVATE ${components})
    add_executable(${name} ${FAKE_MAIN})
    target_link_libraries(${name} PRIVATE __idf_main)
endmacro()
