// A token of SoftHSM in a folder of its own, behind the module that tests can make fail.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace sealpost::test {

class SoftToken {
public:
    static constexpr const char* pin = "12345678";

    explicit SoftToken(const std::filesystem::path& folder) : folder_(folder)
    {
        std::filesystem::create_directories(folder_ / "tokens");
        write("softhsm2.conf",
              "directories.tokendir = " + (folder_ / "tokens").string() + "\nobjectstore.backend = file\nlog.level = ERROR\n");
        ::setenv("SOFTHSM2_CONF", (folder_ / "softhsm2.conf").c_str(), 1);
        ::setenv("SEALPOST_FAULTY_PKCS11", control().c_str(), 1);
        write_pin(pin);
        run("softhsm2-util --init-token --free --label keys --so-pin 87654321 --pin " + std::string(pin));
    }

    // As doc/ops/hsm.md makes it, but for what `how` adds or leaves out.
    void make_key(const std::string& label, const std::string& how = "--key-type AES:32 --sensitive") const
    {
        run("pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label keys --login --pin " + std::string(pin) +
            " --keygen --label " + label + " " + how);
    }

    [[nodiscard]] std::string uri(const std::string& label) const
    {
        return "pkcs11:token=keys;object=" + label +
               "?module-path=" SEALPOST_FAULTY_PKCS11_MODULE "&pin-source=file:" + pin_file().string();
    }
    [[nodiscard]] std::filesystem::path pin_file() const { return folder_ / "kek.pin"; }

    void write_pin(std::string_view text) const
    {
        write("kek.pin", text);
        std::filesystem::permissions(pin_file(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    // Lines of faulty_module.cpp; empty: all is well.
    void set_faults(std::string_view lines) const { write("control", lines); }

    [[nodiscard]] int count_calls(std::string_view function) const
    {
        std::ifstream in(control() + ".calls");
        int count = 0;
        for (std::string line; std::getline(in, line);)
            if (line == function) ++count;
        return count;
    }

private:
    [[nodiscard]] std::string control() const { return (folder_ / "control").string(); }
    void write(const char* name, std::string_view text) const { std::ofstream(folder_ / name) << text; }
    static void run(const std::string& command)
    {
        if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) ADD_FAILURE() << command;
    }

    std::filesystem::path folder_;
};

}  // namespace sealpost::test
