#pragma once

#include "sys/async/workers.hpp"
#include "sys/http/client.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <string>

namespace sealpost::demo {

// What a browser does on the service's pages, without one: cookies, own Origin, CSRF token. Blocks.
class Browser {
public:
    Browser(async::Workers& workers, std::shared_ptr<http::HttpClient> client, std::string origin)
        : workers_(workers), client_(std::move(client)), origin_(std::move(origin))
    {
    }

    Result<boost::json::object> get_json(const std::string& path);
    Result<boost::json::object> send_json(http::Method method, const std::string& path, const boost::json::object& body);
    Result<std::string> get_bytes(const std::string& path);
    // A form as a page posts it; answers the Location of the 303, or the JSON body otherwise.
    Result<boost::json::object> post_form(const std::string& path, std::string content_type, std::string body);
    Result<std::string> post_page_form(const std::string& path, std::string content_type, std::string body);

private:
    http::ClientRequest make_request(http::Method method, const std::string& path) const;
    Result<http::ClientResponse> send(http::ClientRequest request);
    Result<boost::json::object> take_object(const http::ClientResponse& response);
    void keep_cookies(const http::Headers& headers);

    async::Workers& workers_;
    std::shared_ptr<http::HttpClient> client_;
    std::string origin_;
    std::map<std::string, std::string> cookies_;
    std::string csrf_;
};

// A multipart/form-data body of small fields and files.
class FormBody {
public:
    FormBody();
    void add_field(std::string_view name, std::string_view value);
    void add_file(std::string_view name, std::string_view file_name, std::string_view bytes);
    [[nodiscard]] std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }
    [[nodiscard]] std::string finish() { return std::move(body_) + "--" + boundary_ + "--\r\n"; }

private:
    std::string boundary_;
    std::string body_;
};

}  // namespace sealpost::demo
