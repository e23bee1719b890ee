// Shakes hands with a server, as four clients that begin again when they have ended, until that cost it some seconds
// of processor time, and prints how many handshakes came about:
//
//   bench_handshakes HOST PORT starttls|direct|clear 1.2|1.3 full|resumed SECONDS SERVER-PID
// "clear" says EHLO and QUIT instead: what a connection costs without the handshake.
//   → handshakes TAB seconds of the server's processor TAB seconds on the wall
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int clients_at_once = 4;  // so that the server has always something to do

struct Freer {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Session = std::unique_ptr<SSL_SESSION, Freer>;

struct Plan {
    sockaddr_in address{};
    bool starttls = false;
    bool clear = false;
    bool resumed = false;
    double seconds = 1;
    int server = 0;
};

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what); }

// utime and stime of all threads, fields 14 and 15 (proc(5)); the name in field 2 may hold blanks.
double processor_seconds(int process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(file, text);
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class Connection {
public:
    explicit Connection(const Plan& plan) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        const int yes = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&plan.address), sizeof plan.address) != 0)
            give_up("cannot connect");
        if (!plan.starttls && !plan.clear) return;
        expect("220");
        say("EHLO bench.test\r\n");
        expect("250");
        say(plan.clear ? "QUIT\r\n" : "STARTTLS\r\n");
        expect("22");
    }
    ~Connection() { ::close(descriptor_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    void say(const std::string& line) const
    {
        if (::send(descriptor_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
            give_up("cannot send");
    }
    // The last line of a reply has a blank behind its code.
    void expect(const std::string& code) const
    {
        std::string heard;
        char buffer[4096];
        for (;;) {
            const auto got = ::recv(descriptor_, buffer, sizeof buffer, 0);
            if (got <= 0) give_up("the server closed the connection after: " + heard);
            heard.append(buffer, static_cast<std::size_t>(got));
            if (!heard.ends_with("\r\n")) continue;
            const std::size_t before = heard.rfind('\n', heard.size() - 2);
            const std::string last = heard.substr(before == std::string::npos ? 0 : before + 1);
            if (last.size() < 4 || last[3] != ' ') continue;
            if (!last.starts_with(code)) give_up("unexpected reply: " + heard);
            return;
        }
    }

    int descriptor_;
};

// TLS 1.3 tickets come behind the handshake: with `keep` one is waited for, by asking for something.
Session shake(SSL_CTX* context, const Plan& plan, SSL_SESSION* resume, bool keep)
{
    const Connection connection(plan);
    const std::unique_ptr<SSL, Freer> ssl(SSL_new(context));
    SSL_set_fd(ssl.get(), connection.descriptor());
    SSL_set_tlsext_host_name(ssl.get(), "localhost");
    // A copy: OpenSSL marks a session whose connection ended in a way it does not like.
    const Session copy(resume != nullptr ? SSL_SESSION_dup(resume) : nullptr);
    if (copy) SSL_set_session(ssl.get(), copy.get());
    if (SSL_connect(ssl.get()) != 1) give_up("the handshake failed");
    if (resume != nullptr && SSL_session_reused(ssl.get()) != 1) give_up("the session was not resumed");
    char buffer[4096];
    if (keep) {
        const std::string request = plan.starttls ? "EHLO bench.test\r\n" : "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
        SSL_read(ssl.get(), buffer, sizeof buffer);
    }
    // Until the server has closed as well, so that all its work is done and counted.
    SSL_shutdown(ssl.get());
    ::shutdown(connection.descriptor(), SHUT_WR);
    while (::recv(connection.descriptor(), buffer, sizeof buffer, 0) > 0) {
    }
    ERR_clear_error();
    return Session(SSL_get1_session(ssl.get()));
}

Plan plan_from(char** words)
{
    Plan plan;
    plan.address.sin_family = AF_INET;
    ::inet_pton(AF_INET, words[1], &plan.address.sin_addr);
    plan.address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(words[2])));
    plan.starttls = std::string(words[3]) == "starttls";
    plan.clear = std::string(words[3]) == "clear";
    plan.resumed = std::string(words[5]) == "resumed";
    plan.seconds = std::stod(words[6]);
    plan.server = std::stoi(words[7]);
    return plan;
}

void measure(char** words)
{
    const Plan plan = plan_from(words);
    const int version = std::string(words[4]) == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
    const std::unique_ptr<SSL_CTX, Freer> context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    // What both peers of the comparison would agree on is fixed, so that they do the same work.
    SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_cipher_list(context.get(), "ECDHE+AES256+AESGCM");
    SSL_CTX_set1_groups_list(context.get(), "X25519:P-256");                                   // the latter for the certificate
    const Session session = plan.clear ? nullptr : shake(context.get(), plan, nullptr, true);  // and the server is warm
    SSL_SESSION* resume = plan.resumed ? session.get() : nullptr;
    const double before = processor_seconds(plan.server);
    const auto start = Clock::now();
    std::atomic<long> count = 0;
    const auto spent = [&] { return processor_seconds(plan.server) - before; };
    const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
    constexpr double patience = 60;
    const auto shake_on = [&] {
        try {
            for (int mine = 0; passed() < patience && (mine % 4 != 0 || spent() < plan.seconds); ++mine, ++count)
                if (plan.clear)
                    const Connection connection(plan);
                else
                    shake(context.get(), plan, resume, false);
        } catch (const std::exception& broken) {
            std::cerr << broken.what() << '\n';
            std::_Exit(1);
        }
    };
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < clients_at_once; ++i) clients.emplace_back(shake_on);
    }
    std::printf("%ld\t%.2f\t%.2f\n", count.load(), spent(), passed());
}

}  // namespace

int main(int count, char** words)
{
    if (count != 8) {
        std::cerr << "usage: bench_handshakes HOST PORT starttls|direct|clear 1.2|1.3 full|resumed SECONDS SERVER-PID\n";
        return 2;
    }
    try {
        measure(words);
    } catch (const std::exception& broken) {
        std::cerr << broken.what() << '\n';
        return 1;
    }
    return 0;
}
