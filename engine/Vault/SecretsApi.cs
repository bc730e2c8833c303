using System.ComponentModel;
using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Vault;

/// <summary>Secrets by name. For administrators only; a value goes in and never comes out.</summary>
internal static class SecretsApi
{
    public static IEndpointRouteBuilder MapSecrets(this IEndpointRouteBuilder api)
    {
        var secrets = api.MapGroup("/secrets").WithTags("Secrets").RequireAuthorization(Policies.Admin);
        secrets.MapGet("", ListAsync).WithName("ListSecrets").WithSummary("The names of all secrets; never a value");
        secrets.MapPut("/{name}", SetAsync).WithName("SetSecret").WithSummary("Store a secret, or replace it");
        secrets.MapDelete("/{name}", DeleteAsync).WithName("DeleteSecret").WithSummary("Delete a secret");
        return api;
    }

    private static async Task<Ok<Listing<SecretInfo>>> ListAsync([AsParameters] Paging paging, SecretStore secrets, CancellationToken cancellationToken)
    {
        var all = await secrets.ListAsync(cancellationToken);
        return TypedResults.Ok(Listing<SecretInfo>.Of([.. all.Skip(paging.Skip).Take(paging.Size)], paging, all.Count));
    }

    private static async Task<Results<NoContent, Created, ProblemHttpResult>> SetAsync(
        string name, SetSecretRequest request, HttpContext context, SecretStore secrets, CancellationToken cancellationToken)
    {
        if (!SecretStore.IsName(name))
            return Problems.Invalid("name", name, SecretStore.NameRule, "Choose another name.");
        // The value is named by its length only: it must not come back in an answer.
        if (request.Value.Length is 0 or > SecretStore.LongestValue)
            return Problems.Invalid("value", $"{request.Value.Length} characters", $"A secret has 1 to {SecretStore.LongestValue} characters.", "Send the value itself.");
        try
        {
            return await secrets.SetAsync(name, request.Value, Caller.Of(context.User).Name, cancellationToken)
                ? TypedResults.Created($"/api/secrets/{name}")
                : TypedResults.NoContent();
        }
        catch (SecretStoreException exception)
        {
            return Problems.Conflict("secret", name, exception.Message, "Nothing was stored.");
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string name, HttpContext context, SecretStore secrets, CancellationToken cancellationToken) =>
        await secrets.DeleteAsync(name, Caller.Of(context.User).Name, cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound("secret", name, "GET /api/secrets lists their names.");
}

internal sealed record SetSecretRequest
{
    [Description("The secret itself; it is stored encrypted and never shown again.")]
    public required string Value { get; init; }
}
