#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sealpost::reader {

// The memory that uploads under way hold, of all workers. Anybody may hand mails in, and take their time: so a network, which
// is an IPv6 /48 or what people::network_of says, may hold as much as it leaves to all others, which is half of it when it is
// the first. Any thread.
class UploadMemory {
public:
    // An upload has so much in any case: what stands in front of a page's armor, its logo included, or a small mail. It is
    // bounded by the number of connections.
    static constexpr std::size_t uncounted_bytes = 96 * 1024;

    explicit UploadMemory(std::size_t most) : most_(most) {}

    // How long it is held: as slowly as the client sends; or as long as our own work takes, for which any network may have all
    // that is free.
    enum class Span { while_it_comes, while_we_work };

    // What one upload holds, until it is destroyed. On one thread at a time.
    class Share {
    public:
        Share(std::shared_ptr<UploadMemory> memory, const std::string& network);  // of people::network_of
        ~Share() { let_go(); }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        // So much from now on, more or less than before; false: there is no room, and nothing has changed.
        [[nodiscard]] bool hold(std::size_t bytes, Span span = Span::while_it_comes);
        void let_go() { static_cast<void>(hold(0)); }

    private:
        std::shared_ptr<UploadMemory> memory_;
        const std::string network_;
        std::size_t own_ = 0;
    };

private:
    bool take(const std::string& network, std::size_t bytes, Span span);
    void give_back(const std::string& network, std::size_t bytes);

    const std::size_t most_;
    std::mutex lock_;
    std::size_t taken_ = 0;                          // under lock_
    std::map<std::string, std::size_t> by_network_;  // under lock_
};

}  // namespace sealpost::reader
