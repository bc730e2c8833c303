using System.ComponentModel;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Api;

/// <summary>Who may sign in. For administrators only.</summary>
internal static class UsersApi
{
    public static IEndpointRouteBuilder MapUsers(this IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Users").RequireAuthorization(Policies.Admin);
        users.MapGet("", ListAsync).WithName("ListUsers").WithSummary("All users");
        users.MapPost("", AddAsync).WithName("AddUser").WithSummary("Add a user; the answer holds the first password, once");
        users.MapPut("/{id}", ChangeAsync).WithName("ChangeUser").WithSummary("Change role or disable; ends the user's sessions");
        users.MapPost("/{id}/password", ResetAsync).WithName("ResetPassword").WithSummary("Make a new password, shown once; ends the user's sessions");
        users.MapDelete("/{id}", DeleteAsync).WithName("DeleteUser").WithSummary("Delete a user");
        return api;
    }

    private static async Task<Ok<Listing<UserInfo>>> ListAsync([AsParameters] Paging paging, UserStore users, CancellationToken cancellationToken)
    {
        var all = await users.ListAsync(cancellationToken);
        return TypedResults.Ok(Listing<UserInfo>.Of([.. all.Skip(paging.Skip).Take(paging.Size).Select(UserInfo.Of)], paging, all.Count));
    }

    private static async Task<Results<Created<NewPassword>, ProblemHttpResult>> AddAsync(
        AddUserRequest request, UserStore users, IOptions<SignInOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        Fault[] faults = [.. Faults(request)];
        if (faults.Length > 0)
        {
            return Problems.Invalid(faults);
        }

        _ = Roles.TryParse(request.Role, out var role);
        var (password, now) = (Tokens.NewPassword(), time.GetUtcNow());
        var user = new User
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Name = User.Normalise(request.Name),
            Role = role,
            PasswordHash = PasswordHash.Create(password, options.Value.PasswordIterations),
            MustChangePassword = true,
            CreatedAt = now,
        };
        return await users.AddAsync(user, cancellationToken)
            ? TypedResults.Created($"/api/users/{user.Id}", new NewPassword(user.Id, user.Name, password))
            : Problems.Conflict("user", user.Name, "Another user has this name.", "Choose another name.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangeAsync(string id, ChangeUserRequest request, UserStore users, CancellationToken cancellationToken)
    {
        if (!Roles.TryParse(request.Role, out var role))
        {
            return Problems.Invalid("role", request.Role, RoleRule, RoleAction);
        }

        return await users.FindAsync(id, cancellationToken) is not { } user
            ? Missing(id)
            : await users.ChangeAsync(id, role, request.Disabled, cancellationToken) ? TypedResults.NoContent() : LastAdmin(user);
    }

    private static async Task<Results<Ok<NewPassword>, ProblemHttpResult>> ResetAsync(
        string id, UserStore users, SessionStore sessions, IOptions<SignInOptions> options, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(id, cancellationToken) is not { } user)
        {
            return Missing(id);
        }

        var password = Tokens.NewPassword();
        await users.SetPasswordAsync(id, PasswordHash.Create(password, options.Value.PasswordIterations), mustChange: true, cancellationToken);
        await sessions.EndAllAsync(id, null, cancellationToken);
        return TypedResults.Ok(new NewPassword(user.Id, user.Name, password));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string id, UserStore users, CancellationToken cancellationToken) =>
        await users.FindAsync(id, cancellationToken) is not { } user
            ? Missing(id)
            : await users.DeleteAsync(id, cancellationToken) ? TypedResults.NoContent() : LastAdmin(user);

    internal const string RoleRule = "The role is one of viewer, operator, admin.";
    internal const string RoleAction = "viewer looks, operator acts and approves, admin also changes rules, users and settings.";

    private static IEnumerable<Fault> Faults(AddUserRequest request)
    {
        var name = User.Normalise(request.Name);
        if (name.Length is < 2 or > 40 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '@'))
        {
            yield return new Fault("name", request.Name, "A name has 2 to 40 letters, digits, dots, dashes, underscores or @.", "Choose a short name without spaces.");
        }

        if (!Roles.TryParse(request.Role, out _))
        {
            yield return new Fault("role", request.Role, RoleRule, RoleAction);
        }
    }

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("user", id, "GET /api/users lists them.");

    private static ProblemHttpResult LastAdmin(User user) =>
        Problems.Conflict("user", user.Name, "It is the last administrator who can sign in.", "Make another user an administrator first.");
}

internal sealed record UserInfo
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Role { get; init; }

    public required bool Disabled { get; init; }

    public required bool MustChangePassword { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastSignInAt { get; init; }

    public static UserInfo Of(User user) => new()
    {
        Id = user.Id,
        Name = user.Name,
        Role = user.Role.Name(),
        Disabled = user.Disabled,
        MustChangePassword = user.MustChangePassword,
        CreatedAt = user.CreatedAt,
        LastSignInAt = user.LastSignInAt,
    };
}

internal sealed record AddUserRequest
{
    public required string Name { get; init; }

    [Description("viewer, operator or admin")]
    public required string Role { get; init; }
}

internal sealed record ChangeUserRequest
{
    [Description("viewer, operator or admin")]
    public required string Role { get; init; }

    public required bool Disabled { get; init; }
}

/// <summary>A password that was made for somebody. Shown once.</summary>
internal sealed record NewPassword(string UserId, string Name, string Password);
