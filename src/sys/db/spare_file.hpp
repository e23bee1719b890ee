#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace sealpost::db {

// Room that a full disk gives back. SQLite has to write before it deletes: into its log, and that is copied into the store
// only where the store can grow. On a disk without an octet neither works, and nothing that is over would ever go. So a file
// that nobody reads stands beside the store, "<store>.spare": when a commit failed and less than its size is free it is removed,
// and it is made again where four times as much is free. The log, once copied, begins anew in the room that it has, so deleting
// works from then on. One thread at a time; what it cannot do it leaves.
class SpareFile {
public:
    using FindFree = std::function<std::uint64_t()>;  // on the disk of the store; ~0: it does not say
    static constexpr std::chrono::seconds look_interval{10};

    SpareFile(const std::string& store, std::uint64_t bytes);  // 0: there is none
    SpareFile(const std::string& store, std::uint64_t bytes, FindFree find_free);

    bool give_up_when_full();        // true: it was there, and its room is free
    void make_when_there_is_room();  // looks once in look_interval
    void give_back();                // when nobody writes any more

private:
    const std::string path_;
    const std::uint64_t bytes_;
    const FindFree find_free_;
    std::chrono::steady_clock::time_point next_look_{};
};

}  // namespace sealpost::db
