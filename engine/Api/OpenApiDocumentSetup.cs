using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Homelab.Engine.Api;

/// <summary>The document of our own routes: Elsa's, and those for browsers only, are left out.</summary>
internal static class OpenApiDocumentSetup
{
    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = static description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        // Numbers are read from text too, but written as numbers; a client need not know the former.
        options.AddSchemaTransformer(static (schema, _, _) =>
        {
            if (schema.Type is { } type && type.HasFlag(JsonSchemaType.String) && (type & (JsonSchemaType.Integer | JsonSchemaType.Number)) != 0)
            {
                schema.Type = type & ~JsonSchemaType.String;
                schema.Pattern = null;
            }

            return Task.CompletedTask;
        });
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new() { Title = "Homelab.Workflows", Version = "1", Description = "Sign in with a cookie, or send 'Authorization: ApiKey KEY'. Lists take page and pageSize; errors are problem details." };
            // The address depends on who asks; the document must not.
            document.Servers = [];
            return Task.CompletedTask;
        });
    }
}
