# Warnings and hardening that every room shares.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wcast-align -Wformat=2)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Coroutine frames of g++ 12 trigger false alarms of these.
    add_compile_options(-Wno-maybe-uninitialized -Wno-mismatched-new-delete)
    # One precompiled header serves rooms that differ in libraries only.
    add_compile_options(-Winvalid-pch)
else()
    add_compile_options(-Wno-unused-command-line-argument)
endif()
# Each test is a program of its own, and the usual linker would take minutes for all of them.
find_program(LLD ld.lld)
if(LLD)
    add_link_options(-fuse-ld=lld)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection)
    add_compile_definitions(_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
