// Counts what is allocated, on whichever thread. For one file of a test program: replacements cannot be inline.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace sealpost::test {
inline std::atomic<std::size_t> allocations = 0;
}

// None of them inline: valgrind would see the one half of a pair.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    sealpost::test::allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    sealpost::test::allocations.fetch_add(1, std::memory_order_relaxed);
    return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
