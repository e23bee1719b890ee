#include "signed_zone.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sealpost::dns {
namespace {

std::string read_all(const std::filesystem::path& path)
{
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

SignedZone sign_zone(const std::string& zone, const std::string& master_file)
{
    std::string folder = (std::filesystem::temp_directory_path() / "sealpost-zone-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for the zone");
    std::ofstream(folder + "/zone") << master_file;
    const std::string command = "cd " + folder + " && key=$(ldns-keygen -a ECDSAP256SHA256 -k " + zone +
                                ") && ldns-signzone -f signed zone $key && mv $key.ds ds";
    const int status = std::system(command.c_str());
    SignedZone made{read_all(folder + "/signed"), read_all(folder + "/ds")};
    std::filesystem::remove_all(folder);
    if (status != 0) throw std::runtime_error("cannot sign a zone (Debian: package ldnsutils)");
    return made;
}

}  // namespace sealpost::dns
