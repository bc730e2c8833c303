using System.ComponentModel;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>Keys for machines. For administrators only.</summary>
internal static class ApiKeysApi
{
    public static IEndpointRouteBuilder MapApiKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("API keys").RequireAuthorization(Policies.Admin);
        keys.MapGet("", ListAsync).WithName("ListApiKeys").WithSummary("All keys, without the keys themselves");
        keys.MapPost("", AddAsync).WithName("AddApiKey").WithSummary("Make a key; the answer holds it, once");
        keys.MapDelete("/{id}", RevokeAsync).WithName("RevokeApiKey").WithSummary("Revoke a key at once");
        return api;
    }

    private static async Task<Ok<Listing<ApiKeyInfo>>> ListAsync([AsParameters] Paging paging, ApiKeyStore keys, CancellationToken cancellationToken)
    {
        var all = await keys.ListAsync(cancellationToken);
        return TypedResults.Ok(Listing<ApiKeyInfo>.Of([.. all.Skip(paging.Skip).Take(paging.Size).Select(ApiKeyInfo.Of)], paging, all.Count));
    }

    private static async Task<Results<Created<NewApiKey>, ProblemHttpResult>> AddAsync(
        AddApiKeyRequest request, HttpContext context, ApiKeyStore keys, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Fault[] faults = [.. Faults(request, now)];
        if (faults.Length > 0)
        {
            return Problems.Invalid(faults);
        }

        _ = Roles.TryParse(request.Role, out var role);
        var secret = Tokens.NewApiKey();
        var key = new ApiKey
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Name = request.Name.Trim(),
            Hint = secret[..(Tokens.ApiKeyPrefix.Length + 4)],
            Role = role,
            Scopes = request.Scopes ?? [],
            CreatedBy = Caller.Of(context.User).Name,
            CreatedAt = now,
            ExpiresAt = request.ExpiresAt,
        };
        await keys.AddAsync(key, secret, cancellationToken);
        return TypedResults.Created($"/api/api-keys/{key.Id}", new NewApiKey(ApiKeyInfo.Of(key), secret));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(string id, ApiKeyStore keys, TimeProvider time, CancellationToken cancellationToken) =>
        await keys.RevokeAsync(id, time.GetUtcNow(), cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound("API key in force", id, "GET /api/api-keys lists them; a revoked key stays revoked.");

    private static IEnumerable<Fault> Faults(AddApiKeyRequest request, DateTimeOffset now)
    {
        if (request.Name.Trim().Length is < 1 or > 80)
        {
            yield return new Fault("name", request.Name, "A key's name has 1 to 80 characters.", "Name the machine or script that will hold it.");
        }

        if (!Roles.TryParse(request.Role, out _))
        {
            yield return new Fault("role", request.Role, UsersApi.RoleRule, UsersApi.RoleAction);
        }

        if (request.ExpiresAt <= now)
        {
            yield return new Fault("expiresAt", $"{request.ExpiresAt:O}", "The end must be in the future.", "Leave it out for a key without an end.");
        }

        foreach (var (index, scope) in (request.Scopes ?? []).Index())
        {
            if (!Scopes.IsWellFormed(scope))
            {
                yield return new Fault($"scopes[{index}]", scope, "A scope is the first part of a path under /api, such as runs or runs:read, or elsa.", "Leave scopes out to allow all that the role may.");
            }
        }
    }
}

internal sealed record ApiKeyInfo
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Hint { get; init; }

    public required string Role { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public static ApiKeyInfo Of(ApiKey key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Hint = key.Hint,
        Role = key.Role.Name(),
        Scopes = key.Scopes,
        CreatedBy = key.CreatedBy,
        CreatedAt = key.CreatedAt,
        ExpiresAt = key.ExpiresAt,
        RevokedAt = key.RevokedAt,
        LastUsedAt = key.LastUsedAt,
    };
}

internal sealed record AddApiKeyRequest
{
    public required string Name { get; init; }

    [Description("viewer, operator or admin")]
    public required string Role { get; init; }

    [Description("Empty: all that the role may. Otherwise first parts of paths: runs, runs:read, elsa, ...")]
    public IReadOnlyList<string>? Scopes { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A key that was just made. <see cref="Key"/> is shown once.</summary>
internal sealed record NewApiKey(ApiKeyInfo Info, string Key);
