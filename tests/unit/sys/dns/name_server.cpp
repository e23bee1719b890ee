#include "name_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace sealpost::dns {
namespace {

// Free a moment ago; somebody else may take it, so starting is tried again.
std::uint16_t choose_port()
{
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool chosen = bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    close(probe);
    if (!chosen) throw std::runtime_error("no port for the name server");
    return ntohs(address.sin_port);
}

// Reads until the line that says "started"; false when the output ends or ten seconds have passed.
bool wait_for_start(int output)
{
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::string heard;
    std::array<char, 512> buffer{};
    while (heard.find("nsd started") == std::string::npos) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(latest - std::chrono::steady_clock::now());
        pollfd watched{output, POLLIN, 0};
        if (left.count() <= 0 || poll(&watched, 1, static_cast<int>(left.count())) <= 0) return false;
        const auto count = read(output, buffer.data(), buffer.size());
        if (count <= 0) return false;
        heard.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

NameServer::NameServer(const std::string& zone, const std::string& master_file)
{
    std::string pattern = (std::filesystem::temp_directory_path() / "sealpost-nsd-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the name server");
    folder_ = pattern;
    for (int attempt = 0; attempt < 3; ++attempt) {
        endpoint_ = {IpAddress::loopback_v4(), choose_port()};
        write_files(zone, master_file);
        if (start()) return;
    }
    std::filesystem::remove_all(folder_);
    throw std::runtime_error("nsd does not start (Debian: package nsd)");
}

NameServer::~NameServer()
{
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(folder_);
}

void NameServer::write_files(const std::string& zone, const std::string& master_file) const
{
    std::ofstream(folder_ + "/zone") << master_file;
    std::ofstream(folder_ + "/nsd.conf")
        << "server:\n  ip-address: 127.0.0.1\n  port: " << endpoint_.port
        << "\n  username: \"\"\n  chroot: \"\"\n  server-count: 1\n  database: \"\"\n  zonesdir: \"" << folder_
        << "\"\n  pidfile: \"" << folder_ << "/pid\"\n  xfrdfile: \"" << folder_ << "/xfrd\"\n  zonelistfile: \"" << folder_
        << "/list\"\n  xfrdir: \"" << folder_ << "\"\nremote-control:\n  control-enable: no\nzone:\n  name: \"" << zone
        << "\"\n  zonefile: \"zone\"\n";
}

bool NameServer::start()
{
    std::array<int, 2> pipe_ends{};
    if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return false;
    const std::string config = folder_ + "/nsd.conf";
    process_ = fork();
    if (process_ == 0) {
        dup2(pipe_ends[1], STDERR_FILENO);
        dup2(pipe_ends[1], STDOUT_FILENO);
        execl("/usr/sbin/nsd", "nsd", "-d", "-c", config.c_str(), nullptr);
        _exit(127);
    }
    close(pipe_ends[1]);
    const bool started = process_ > 0 && wait_for_start(pipe_ends[0]);
    // The read end stays open on purpose: NSD may write on. It closes with this program.
    if (started) return true;
    close(pipe_ends[0]);
    if (process_ > 0) {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    return false;
}

}  // namespace sealpost::dns
