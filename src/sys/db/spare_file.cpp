#include "sys/db/spare_file.hpp"

#include "sys/files/files.hpp"
#include "sys/files/new_file.hpp"

#include <filesystem>
#include <limits>

namespace sealpost::db {
namespace {

constexpr std::uint64_t room_to_make_it = 4;  // times its size

std::uint64_t find_free_beside(const std::string& store)
{
    std::error_code problem;
    const std::uint64_t free = std::filesystem::space(files::directory_of(store), problem).available;
    return problem ? std::numeric_limits<std::uint64_t>::max() : free;
}

}  // namespace

SpareFile::SpareFile(const std::string& store, std::uint64_t bytes)
    : SpareFile(store, bytes, [store] { return find_free_beside(store); })
{
}

SpareFile::SpareFile(const std::string& store, std::uint64_t bytes, FindFree find_free)
    : path_(store + ".spare"), bytes_(bytes), find_free_(std::move(find_free))
{
}

bool SpareFile::give_up_when_full()
{
    if (bytes_ == 0 || !files::is_there(path_) || find_free_() >= bytes_) return false;
    return files::remove_file(path_).has_value();
}

void SpareFile::make_when_there_is_room()
{
    const auto now = std::chrono::steady_clock::now();
    if (bytes_ == 0 || now < next_look_) return;
    next_look_ = now + look_interval;
    const std::uint64_t free = find_free_();
    if (files::is_there(path_) || free == std::numeric_limits<std::uint64_t>::max() || free / room_to_make_it < bytes_) return;
    (void)files::make_filled_file(path_, bytes_);  // later, else
}

void SpareFile::give_back()
{
    if (bytes_ != 0) (void)files::remove_file(path_);
}

}  // namespace sealpost::db
