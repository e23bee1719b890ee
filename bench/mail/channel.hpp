#pragma once
#include <openssl/ssl.h>
#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mail_load {

struct Freer {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Tls = std::unique_ptr<SSL, Freer>;
using TlsContext = std::unique_ptr<SSL_CTX, Freer>;
using TlsSession = std::unique_ptr<SSL_SESSION, Freer>;

// Seconds on a clock that all processes of the machine share.
double now();

// A set of descriptors; what waits behind each is its owner's pointer.
class Poller {
public:
    Poller();
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    void add(int descriptor, std::uint32_t events, void* owner) const;
    void change(int descriptor, std::uint32_t events, void* owner) const;
    // Calls `ready(owner)` for each that is ready within so many milliseconds.
    template <class Ready>
    void wait(int milliseconds, Ready ready) const
    {
        epoll_event events[256];
        const int many = ::epoll_wait(descriptor_, events, 256, milliseconds);
        for (int i = 0; i < many; ++i) ready(events[i].data.ptr);
    }

private:
    int descriptor_;
};

// A TCP connection that never blocks, in clear or inside TLS. What is said waits until it can be sent.
class Channel {
public:
    enum class Progress { done, waits, broken };

    explicit Channel(int descriptor) : descriptor_(descriptor) {}
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    void say(std::string_view text) { out_.append(text); }
    // Sends what it can; appends what is there to `heard`. Broken: the connection is over.
    Progress send();
    Progress receive(std::string& heard);
    // From here on everything is inside TLS; the handshake goes on with each shake().
    void begin_tls(SSL_CTX* context, bool is_server, SSL_SESSION* resumed);
    Progress shake();

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
    [[nodiscard]] SSL* tls() const { return tls_.get(); }
    // Which events bring it on.
    [[nodiscard]] std::uint32_t wanted() const;

private:
    Progress progress_of(int result);

    int descriptor_;
    Tls tls_;
    std::string out_;
    std::size_t sent_ = 0;
    bool wants_write_ = false;
};

}  // namespace mail_load
