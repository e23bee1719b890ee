#pragma once

#include <sys/mman.h>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace sealpost {

// Memory for tables that are read all over: large ones stand on huge pages where the kernel gives them, so that a
// lookup misses the address translation cache less often. Small ones are as always. Use LargeVector.
template <class T>
struct HugePageAllocator {
    using value_type = T;
    static constexpr std::size_t page_bytes = 2 * 1024 * 1024;

    HugePageAllocator() = default;
    template <class U>
    HugePageAllocator(const HugePageAllocator<U>&) noexcept  // NOLINT(google-explicit-constructor): as allocators are
    {
    }

    T* allocate(std::size_t count)
    {
        const std::size_t bytes = count * sizeof(T);
        if (bytes < page_bytes) return static_cast<T*>(::operator new(bytes, std::align_val_t(alignof(T))));
        const std::size_t whole_pages = (bytes + page_bytes - 1) / page_bytes * page_bytes;
        void* memory = std::aligned_alloc(page_bytes, whole_pages);
        if (memory == nullptr) throw std::bad_alloc();
        ::madvise(memory, whole_pages, MADV_HUGEPAGE);  // advice only: without it all works, slower
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t count) noexcept
    {
        if (count * sizeof(T) < page_bytes)
            ::operator delete(memory, std::align_val_t(alignof(T)));
        else
            std::free(memory);
    }
    template <class U>
    bool operator==(const HugePageAllocator<U>&) const noexcept
    {
        return true;
    }
};

template <class T>
using LargeVector = std::vector<T, HugePageAllocator<T>>;

}  // namespace sealpost
