#include "sys/tls/socket_end.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sealpost::tls {
namespace {

SocketEnd& end_of(BIO* bio) { return *static_cast<SocketEnd*>(BIO_get_data(bio)); }

bool try_again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

iovec piece(std::string_view octets) { return {const_cast<char*>(octets.data()), octets.size()}; }

int create(BIO* bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

}  // namespace

// How much of `data` the socket took, behind all that was held; -1: none, and errno says why.
long SocketEnd::send(std::string_view data)
{
    std::array<iovec, 2> pieces{piece(held_), piece(data)};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const auto sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent < 0) return -1;
    const auto of_held = std::min(static_cast<std::size_t>(sent), held_.size());
    held_.erase(0, of_held);
    if (held_.empty()) held_.shrink_to_fit();  // a connection may be idle for long
    const auto of_data = static_cast<long>(static_cast<std::size_t>(sent) - of_held);
    if (of_data > 0 || data.empty()) return of_data;
    errno = EAGAIN;
    return -1;
}

bool SocketEnd::send_held()
{
    if (held_.empty()) return true;
    if (send({}) < 0) return false;
    if (held_.empty()) return true;
    errno = EAGAIN;
    return false;
}

int SocketEnd::write_bio(BIO* bio, const char* data, int size)
{
    SocketEnd& end = end_of(bio);
    BIO_clear_retry_flags(bio);
    const std::string_view octets(data, static_cast<std::size_t>(size));
    if (end.holds_ && end.held_.size() + octets.size() <= most_held) {
        end.held_ += octets;
        return size;
    }
    const long sent = end.send(octets);
    if (sent < 0 && try_again(errno)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

std::span<char> SocketEnd::room()
{
    if (!room_) room_ = std::make_unique_for_overwrite<char[]>(room_size);
    return {room_.get(), room_size};
}

void SocketEnd::received(std::size_t count)
{
    unread_ = {room_.get(), count};
    may_have_more_ = count == room_size;
    has_ended_ = count == 0;
}

// -1: nothing, and errno says why.
long SocketEnd::receive(std::span<char> into)
{
    if (!unread_.empty()) {
        const auto count = unread_.copy(into.data(), into.size());
        unread_.remove_prefix(count);
        return static_cast<long>(count);
    }
    if (has_ended_) return 0;
    if (!may_have_more_) {
        errno = EAGAIN;
        return -1;
    }
    const auto got = ::recv(descriptor_, into.data(), into.size(), 0);
    may_have_more_ = got == static_cast<long>(into.size());
    has_ended_ = got == 0;
    return got;
}

int SocketEnd::read_bio(BIO* bio, char* into, int size)
{
    BIO_clear_retry_flags(bio);
    const long got = end_of(bio).receive({into, static_cast<std::size_t>(size)});
    if (got < 0 && try_again(errno)) BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

long SocketEnd::control(BIO* bio, int command, long, void*)
{
    if (command == BIO_CTRL_FLUSH) return 1;
    return command == BIO_CTRL_EOF && end_of(bio).has_ended_ ? 1 : 0;
}

BIO_METHOD* SocketEnd::make_method()
{
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    BIO_meth_set_write(method, write_bio);
    BIO_meth_set_read(method, read_bio);
    BIO_meth_set_ctrl(method, control);
    BIO_meth_set_create(method, create);
    return method;
}

BIO* SocketEnd::make_bio()
{
    static BIO_METHOD* const method = make_method();
    BIO* bio = BIO_new(method);
    if (bio != nullptr) BIO_set_data(bio, this);
    return bio;
}

}  // namespace sealpost::tls
