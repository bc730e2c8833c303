namespace Homelab.Engine.SignIn;

/// <summary>A person who may sign in. The name is kept in lower case and trimmed: it is what people type.</summary>
internal sealed record User
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required Role Role { get; init; }

    public required string PasswordHash { get; init; }

    /// <summary>The password was printed or given by somebody else: the console asks for another.</summary>
    public bool MustChangePassword { get; init; }

    public bool Disabled { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastSignInAt { get; init; }

    public static string Normalise(string name) => name.Trim().ToLowerInvariant();
}
