alter table job drop column attempts;
