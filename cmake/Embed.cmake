# A text of the repository as an object of a room: declared there as `extern const std::string_view NAME`
# in namespace sealpost::ROOM.
function(embed_text target namespace name file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    set(made ${PROJECT_BINARY_DIR}/embedded/${name}.cpp)
    file(CONFIGURE OUTPUT ${made} CONTENT [[
#include <string_view>
namespace sealpost::@namespace@ {
extern const std::string_view @name@;
constinit const std::string_view @name@ = R"embedded(@text@)embedded";
}  // namespace sealpost::@namespace@
]] @ONLY)
    set_source_files_properties(${made} PROPERTIES COMPILE_OPTIONS "$<$<CXX_COMPILER_ID:Clang>:-Wno-overlength-strings>")
    target_sources(${target} PRIVATE ${made})
endfunction()

if(TARGET sealpost_serve_policyadmin)
    embed_text(sealpost_serve_policyadmin policyadmin api_description ${PROJECT_SOURCE_DIR}/doc/spec/policy-api.openapi.json)
endif()
if(TARGET sealpost_serve_keyserver)
    embed_text(sealpost_serve_keyserver keyserver service_description ${PROJECT_SOURCE_DIR}/doc/spec/key-api.openapi.json)
endif()
if(TARGET sealpost_serve_admin)
    embed_text(sealpost_serve_admin admin administrators_description
               ${PROJECT_SOURCE_DIR}/doc/spec/administrators-api.openapi.json)
endif()
if(TARGET sealpost_serve_certadmin)
    embed_text(sealpost_serve_certadmin certadmin certificates_description
               ${PROJECT_SOURCE_DIR}/doc/spec/certificates-api.openapi.json)
endif()
