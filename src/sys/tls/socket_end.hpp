// Inside sys/tls: the connection's end of a socket, as OpenSSL sees it.
#pragma once

#include <openssl/bio.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sealpost::tls {

// Reads and writes a non-blocking socket that somebody else owns. Unlike OpenSSL's own, it never raises SIGPIPE, so no program
// that links us has to ignore that signal. What is written can be held back, so that it goes out with what follows in one
// call of the kernel and one segment. Who waits for the peer receives into room(), which spares asking whether there is anything.
class SocketEnd {
public:
    explicit SocketEnd(int descriptor) : descriptor_(descriptor) {}
    SocketEnd(const SocketEnd&) = delete;
    SocketEnd& operator=(const SocketEnd&) = delete;

    [[nodiscard]] BIO* make_bio();  // must not be used once this has gone

    [[nodiscard]] bool has_unread() const { return !unread_.empty(); }
    [[nodiscard]] std::span<char> room();  // to be received into, when nothing in it is unread
    void received(std::size_t count);      // into room(); 0: the peer has closed its side

    // Holding back, up to most_held octets, until release() or a write behind it.
    void hold() { holds_ = true; }
    void release() { holds_ = false; }
    [[nodiscard]] bool has_held() const { return !held_.empty(); }
    // What is held, as far as the socket takes it now. False: errno says why not all of it.
    bool send_held();

private:
    static constexpr std::size_t most_held = 4096;
    static constexpr std::size_t room_size = 1024;  // while nothing comes; of what is more the rest is read at once
    static int write_bio(BIO* bio, const char* data, int size);
    static int read_bio(BIO* bio, char* into, int size);
    static long control(BIO* bio, int command, long number, void* pointer);
    static BIO_METHOD* make_method();
    [[nodiscard]] long send(std::string_view data);
    [[nodiscard]] long receive(std::span<char> into);

    int descriptor_;
    std::unique_ptr<char[]> room_;
    std::string_view unread_;  // of room_
    bool may_have_more_ = false;
    bool has_ended_ = false;
    bool holds_ = false;
    std::string held_;
};

}  // namespace sealpost::tls
